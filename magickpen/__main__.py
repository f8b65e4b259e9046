"""`python -m magickpen` is the command `magickpen`."""

from magickpen.cli import main

if __name__ == "__main__":
    main()
