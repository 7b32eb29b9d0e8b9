"""Frames to folium pages: what a person looks at. Nothing here sees a connection."""
