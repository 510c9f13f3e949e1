"""What gateways have configured: snapshots of control planes, nodes, services, routes, plugins and consumers."""
