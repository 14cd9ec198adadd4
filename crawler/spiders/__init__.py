"""Ways into the corpus: organizations, coded URL lists and folders of documents."""
