"""dlt's generic REST source over Jira's search, into SQLite: ``python bench/peer_dlt.py URL FOLDER flat|nested``."""

import sys
from datetime import datetime

import dlt
from dlt.sources.rest_api import rest_api_resources

url, folder, nesting = sys.argv[1:]


def millis(value: str) -> int:
    return int(datetime.fromisoformat(value).timestamp() * 1000)


[issues] = rest_api_resources({
    "client": {"base_url": url, "auth": {"type": "http_basic", "username": "me@example.com", "password": "token"}},
    "resources": [{
        "name": "issues",
        "primary_key": "id",
        "write_disposition": "merge",
        "endpoint": {
            "path": "rest/api/3/search/jql",
            "data_selector": "issues",
            "params": {
                "jql": "updated >= {incremental.start_value} ORDER BY updated ASC",
                "fields": "*all",
                "maxResults": 100,
            },
            "incremental": {
                "cursor_path": "fields.updated",
                "initial_value": "2000-01-01T00:00:00.000+0000",
                "convert": millis,
            },
            "paginator": {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "nextPageToken"},
        },
    }],
})  # fmt: skip
if nesting == "flat":
    issues.max_table_nesting = 0
target = dlt.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db")
dlt.pipeline("bench", destination=target, dataset_name="jira", pipelines_dir=f"{folder}/state").run(issues)
