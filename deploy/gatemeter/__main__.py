"""`python -m gatemeter`: the `gatemeter` command without its script on the PATH."""

from gatemeter.cli.main import main

if __name__ == "__main__":
    main()
