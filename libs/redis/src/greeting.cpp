#include "greeting.hpp"

#include <string>

namespace trunkline::redis {

std::vector<Words> greeting(const Address& address) {
    std::vector<Words> commands;
    if (!address.password.empty()) {
        Words auth{"AUTH"};
        if (!address.user.empty()) {
            auth.push_back(address.user);
        }
        auth.push_back(address.password);
        commands.push_back(std::move(auth));
    }
    if (address.database != 0) {
        commands.push_back({"SELECT", std::to_string(address.database)});
    }
    commands.push_back({"PING"});
    return commands;
}

}  // namespace trunkline::redis
