"""The check of a package: whether it is whole, and whether its files say the same."""
