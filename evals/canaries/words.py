"""The 256 words of five letters that a planted motto is made of."""

from typing import Final

MOTTO_WORDS: Final = tuple(  # in columns, like a table
    """
    abbey acorn adobe agate alder alley amber anvil apple apron arbor arrow aspen atlas attic audit
    azure bacon badge banjo barge basil baton beach beard beast bench berry birch bison blade blaze
    bloom board bonus booth brass bread brick bride brook broom brush cabin cable cacao camel candy
    canoe cargo carve cedar chain chalk charm chess chord cider cigar civic clamp cliff cloak clock
    cloth cloud clove coach coast cobra comet coral couch crane crate creek crest crown crumb curry
    daisy dance delta diary dingo diver dough draft drain dress drift drill drone eagle earth easel
    ebony elbow ember emery epoch fable fairy feast fence ferry field fiord flame flask fleet flint
    flock flour flute foggy forge frost fruit fudge gavel ghost giant glade glass globe glove goose
    gorge grain grape grass gravy guild gusto habit haven hazel hedge heron hinge hobby honey hoist
    horse hotel house igloo inlet ivory jelly jetty jewel joker judge juice kayak kiosk knife koala
    label lance larch laser latch layer ledge lemon lever lilac linen llama lobby lodge lotus lunar
    lyric mango manor maple march medal melon mercy metal minor mirth mocha model moose motor mound
    mouse music nacho nerve night noble north novel nurse nylon oasis ocean olive onion opera orbit
    organ otter oxide paint panda panel paper parka pasta patio peach pearl pedal penny perch piano
    pilot plank plaza poppy pouch prism prune pulse quail quart quest quill quilt radar ranch raven
    relay ridge river robin robot rodeo salad salon sauna scarf shale sheep shelf shire shore skate
    """.split()  # noqa: SIM905 - a table of words, not code
)
