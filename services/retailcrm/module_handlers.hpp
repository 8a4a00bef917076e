#pragma once

#include "connector/service.hpp"

namespace trunkline::retailcrm {

/// POST /internal/retailcrm/register-module/{ent}, optionally with a Wish.
httpd::Handler register_telephony(const connector::Parts& parts);
/// GET /retailcrm/hooks/logo.svg: the picture of our module, unless somebody wished another one.
httpd::Handler get_logo();

}  // namespace trunkline::retailcrm
