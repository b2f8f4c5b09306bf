"""Write the route matrix anew: `python -m tests.app.matrix`; what has changed in it shows in the diff."""

import asyncio
import sys

from tests.app.http.conftest import opened
from tests.app.matrix.table import FILE, whole, written


async def _main() -> int:
    async with opened() as deployment:
        matrices, told = await whole(deployment)
    FILE.write_text(written(matrices), encoding="utf-8")
    sys.stderr.writelines(f"A foreign id is not answered as an absent one: {each}\n" for each in told)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
