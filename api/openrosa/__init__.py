"""What phones with ODK Collect are answered: `identity` who asks, `setup` how one is set up, `xml` the documents."""
