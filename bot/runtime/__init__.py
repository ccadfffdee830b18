"""The runtime: the container of a process's parts, the launch and supervision of processes, and the doctor."""
