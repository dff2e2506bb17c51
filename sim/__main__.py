"""`python -m sim` is the command `refuge`."""

from sim.cli import main

if __name__ == "__main__":
    main()
