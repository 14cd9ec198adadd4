"""A corpus as a product: the records of collections as of one moment, written in many forms, described, checked."""
