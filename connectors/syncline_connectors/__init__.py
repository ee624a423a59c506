"""The connectors that come with Syncline, one package each. They never import each other."""
