"""Make contacts with the addresses that an archive of the benchmark writes to: `contacts.py JSON`, with count."""

from boot import arguments, environment, start

given = arguments()
with start(given["conf"], given["database"]).cursor() as cursor:
    environment(cursor)["res.partner"].create(
        [{"name": f"Customer {n}", "email": f"customer{n}@example.org"} for n in range(given["count"])]
    )
