-- wrk script: one signed order body, a new delivery id for every request, spread over a thousand shops.
-- usage: wrk -s loadgen.lua URL -- BODY_FILE SIGNATURE RUN_NAME
local body, signature, run, count = nil, nil, nil, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  body = file:read("*a")
  file:close()
  signature, run = args[2], args[3]
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["X-Shopify-Topic"] = "orders/create"
  wrk.headers["X-Shopify-Hmac-Sha256"] = signature
  wrk.headers["X-Shopify-API-Version"] = "2026-10"
  wrk.headers["X-Shopify-Triggered-At"] = "2026-11-20T18:00:27.877041743Z"
  wrk.headers["X-Shopify-Event-Id"] = "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
end

function request()
  count = count + 1
  wrk.headers["X-Shopify-Webhook-Id"] = run .. "-" .. count
  wrk.headers["X-Shopify-Shop-Domain"] = "shop-" .. (count % 1000) .. ".myshopify.com"
  return wrk.format()
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "RESULT %d %d %d %d %d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
