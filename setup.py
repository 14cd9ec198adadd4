__import__("setuptools").setup()  # Scrapyd builds its eggs with setup.py; everything stands in pyproject.toml
