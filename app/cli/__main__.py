"""Run the command line as a module, where no `bulkhead` command is on the path."""

from app.cli.main import main

main()
