#pragma once

#include "httpd/router.hpp"
#include "state.hpp"

namespace trunkline::sandbox {

// What RetailCRM asks of the telephony that is registered with an account (contracts/retailcrm.md
// section 8), played by tests and people. Bodies name the `account`; `method` is GET (the default)
// or POST, `client_id` stands for the module's own. The answer tells what was answered: `status`
// (0: nothing) and `answer`. 409 if nothing is registered.

/// `{"account":"0367","user_id":27,"phone":"+375...","external_phone":"+375..."}`: somebody clicks
/// on a number.
httpd::Handler click_in_retailcrm(State& state);
/// `{"account":"0367","user_id":27,"status":"dinner"}`
httpd::Handler change_retailcrm_status(State& state);
/// `{"account":"0367","active":false}`: the module is switched on or off, always by POST.
httpd::Handler switch_retailcrm_module(State& state);

}  // namespace trunkline::sandbox
