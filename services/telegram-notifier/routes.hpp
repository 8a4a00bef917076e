#pragma once

#include "bots.hpp"
#include "card_store.hpp"
#include "courier.hpp"
#include "httpd/router.hpp"
#include "stats.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {

/// What the handlers use; all of it outlives the router.
struct RouteParts {
    CardStore& store;
    Stats& stats;
    Courier& courier;
    tenants::Directory& directory;
    Bots& bots;
    UpdateHandler& updates;
};
httpd::Router routes(const RouteParts& parts);

}  // namespace trunkline::telegram
