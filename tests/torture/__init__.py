"""The service under every fault we can make: killed, cut off, without power, flooded: `./run.sh torture`."""
