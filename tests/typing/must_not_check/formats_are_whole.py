"""A file format's record lacks nothing: neither what to call it, nor how to know it, nor what reads it."""

from ingestion.formats.record import Binary, Format, Text, Zip

Format(suffixes=("toml",), media_type="application/toml", container=Text(), reader="a:b")
Format(media_type="application/toml", container=Text(), reader="a:b")  # E: call-arg
Format(suffixes=("toml",), container=Text(), reader="a:b")  # E: call-arg
Format(suffixes=("toml",), media_type="application/toml", reader="a:b")  # E: call-arg
Format(suffixes=("toml",), media_type="application/toml", container=Text())  # E: call-arg
Format(suffixes="toml", media_type="application/toml", container=Text(), reader="a:b")  # E: arg-type
Format(suffixes=("toml",), media_type="application/toml", container="text", reader="a:b")  # E: arg-type
Zip()  # E: call-arg
Binary()  # E: call-arg
Binary("text")  # E: arg-type
