"""What people would otherwise use to look at a mailbox, each as a program of its own."""
