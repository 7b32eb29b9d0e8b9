"""The words of the pages, a module a family, and what the services say made ready for a template."""
