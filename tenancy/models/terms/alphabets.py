"""Which letters with accents a language writes: they tell of one where function words do not."""

import unicodedata
from typing import Final

_TONES: Final = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")

LETTERS_OF: Final = {
    language: frozenset(letters)
    for language, letters in {
        "german": "äöü",
        "french": "àâæçèéêëîïôùûüÿœ",
        "spanish": "áéíñóúü",
        "italian": "àèéìíîòóùú",
        "portuguese": "àáâãçéêíóôõúü",
        "dutch": "áéèëíïóöúü",
        "swedish": "åäöé",
        "norwegian": "åæøéòóô",
        "danish": "åæøé",
        "finnish": "äöåšž",
        "polish": "ąćęłńóśźż",
        "czech": "áčďéěíňóřšťúůýž",
        "romanian": "ăâîșțşţ",
        "hungarian": "áéíóöőúüű",
        "turkish": "çğıöşüâîû\u0307",
        "vietnamese": "đ" + "".join(unicodedata.normalize("NFC", v + tone) for v in "aăâeêioôơuưy" for tone in _TONES),
    }.items()
}
