"""`python -m gatemeter.deploy`: the `gatemeter` command without its script on the PATH."""

from gatemeter.deploy.cli import main

if __name__ == "__main__":
    main()
