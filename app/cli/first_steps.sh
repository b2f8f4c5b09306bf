OPERATOR='@TOKEN@'
pick() { python3 -c 'import functools, json, sys; print(functools.reduce(dict.get, sys.argv[1:], json.load(sys.stdin)))' "$@"; }
CODE=$(curl -sS @OPERATORS@/admin/v1/tenants -H "Authorization: Bearer $OPERATOR" -H 'Content-Type: application/json' \
  -d '{"name": "My company", "plan": "standard"}' | pick enrolment code)
CLIENT=$(curl -sS @PUBLIC@/v1/enrol -H 'Content-Type: application/json' -d "{\"code\": \"$CODE\"}")
export BULKHEAD_URL='@PUBLIC@' BULKHEAD_CLIENT_ID=$(printf %s "$CLIENT" | pick client_id)
export BULKHEAD_CLIENT_SECRET=$(printf %s "$CLIENT" | pick client_secret)
TOKEN=$(curl -sS "$BULKHEAD_URL/v1/token" -d grant_type=client_credentials -d "client_id=$BULKHEAD_CLIENT_ID" \
  --data-urlencode "client_secret=$BULKHEAD_CLIENT_SECRET" | pick access_token)
printf 'The spare key hangs behind the green door of the boathouse.' > first.txt
DOCUMENT=$(curl -sS "$BULKHEAD_URL/v1/documents" -H "Authorization: Bearer $TOKEN" -F file=@first.txt | pick id)
curl -sSN "$BULKHEAD_URL/v1/documents/$DOCUMENT/events" -H "Authorization: Bearer $TOKEN"
curl -sS "$BULKHEAD_URL/v1/ask" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{"question": "Where does the spare key hang?"}'
