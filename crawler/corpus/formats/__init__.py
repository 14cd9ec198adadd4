"""The forms of file in which a corpus leaves: one module each, chosen by the ending of the file's name."""
