"""Orders as a bubblewrap command line. Pure text; never starts anything."""

from .orders import Orders

INSIDE_UID = 1000
"""Who the application is to itself where it cannot have a user of its own."""


def arguments(orders: Orders, *, info: int, gate: int) -> list[str]:
    """Return the command line; bubblewrap reports to ``info`` and waits for ``gate``.

    The environment is not on it: command lines can be read by every user.
    """
    line = [orders.tool, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--hostname", orders.hostname, "--new-session"]
    if orders.uid is None:
        line += ["--uid", str(INSIDE_UID), "--gid", str(INSIDE_UID)]
    view = orders.view
    if view.root is not None:
        line += ["--ro-bind", view.root, "/"]
    for bind in view.binds:
        line += ["--bind" if bind.writable else "--ro-bind", bind.source, bind.target]
    for target, name in view.links:
        line += ["--symlink", target, name]
    size = ["--size", str(view.tmp_bytes)] if view.tmp_bytes else []
    line += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", *size, "--tmpfs", "/tmp"]
    if view.root is None:
        line += ["--remount-ro", "/"]
    line += ["--chdir", orders.folder, "--info-fd", str(info), "--block-fd", str(gate)]
    return [*line, "--", *orders.argv]
