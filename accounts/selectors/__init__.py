"""Questions to the data about users, tenants and trails."""
