#pragma once

#include "dispatcher.hpp"
#include "httpd/router.hpp"
#include "name_source.hpp"

namespace trunkline::integration_cache {

httpd::Router routes(Dispatcher& dispatcher, tenants::Directory& directory, NameSource& names);

}  // namespace trunkline::integration_cache
