"""What goes wrong by a user's hand, in one line."""


class UserError(Exception):
    """A user's mistake: the message is one line that names the file, key, argument or URL and what is allowed."""
