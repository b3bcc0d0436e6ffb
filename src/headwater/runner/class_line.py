"""The command line of one class of a file: python -m headwater.runner.class_line FILE:CLASS ARGUMENTS..."""

import sys
from pathlib import Path
from typing import NoReturn

from headwater import plugins
from headwater.flow.load import load_flow


def main() -> NoReturn:
    file, _, class_name = sys.argv[1].rpartition(":")
    sys.path.pop(0)  # the working directory, put there by -m; the file's own folder comes first, as for a script
    flow = load_flow(Path(file), class_name)
    sys.exit(plugins.load("face", "flow-line")(flow, sys.argv[2:], f"python {Path(file).name}"))


if __name__ == "__main__":
    main()
