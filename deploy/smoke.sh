#!/usr/bin/env bash
# Sends a running stack the requests of a client, with curl 7.76 or newer: deploy/smoke.sh http://localhost:8080
set -euo pipefail
url=${1:?usage: deploy/smoke.sh http://localhost:8080}

curl --silent --show-error --fail "$url/health/ready"
echo
curl --silent --show-error --fail "$url/digits/7/1.png" | head -c 8 | cmp - <(printf '\x89PNG\r\n\x1a\n')
echo "GET /digits/7/1.png: a PNG"
for _ in {1..20}; do
    curl --silent --show-error --fail --output /dev/null --dump-header - --header 'Content-Type: application/json' \
        --data '{"seeds":[1,2,3],"labels":[3,1,4]}' "$url/generate"
done | tr -d '\r' | sed -n 's/^x-instance: //p' | sort | uniq -c | sed 's/^ *\(.*\) \(.*\)/POST \/generate: \1 answers by \2/'
status=$(head -c 17000000 /dev/zero \
    | curl --silent --output /dev/null --write-out '%{http_code}' --data-binary @- "$url/generate")
echo "POST of 17 MB: $status"
test "$status" = 413
