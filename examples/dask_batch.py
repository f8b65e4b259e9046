"""Questions from the workers of a Dask cluster.

    pip install 'magickpen' distributed
    python dask_batch.py

A client can be sent to a worker. The quota of the service is the limit, not the machine: more
workers do not get more answers, and it is not supported to spread questions over addresses.
"""

from __future__ import annotations

from dask.distributed import Client, LocalCluster

from magickpen import MagickPen

PROMPTS = ["Name a river.", "Name a lake.", "Name a sea."]


def main() -> None:
    with (
        MagickPen() as pen,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as dask,
    ):
        # The site is read once, and not by each worker.
        pen.fetch_secrets()
        # A question may have another answer each time, so Dask must not reuse one.
        for reply in dask.gather(dask.map(pen.ask, PROMPTS, pure=False)):
            print(reply)


if __name__ == "__main__":
    main()
