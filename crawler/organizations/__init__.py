"""Organizations: one TOML file each, what such a file may say (schema.py), and how they are read (load.py)."""
