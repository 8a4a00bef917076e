#include "pbx_config.hpp"

#include <fmt/format.h>

namespace trunkline::trunkctl {

std::string manager_conf(const ManagerUser& user) {
    std::string text =
        "; /etc/asterisk/manager.conf, then: asterisk -rx 'manager reload'\n[general]\n";
    text += "enabled = yes\n";
    text += fmt::format("bindaddr = {}\nport = 5038\n", user.is_near ? "127.0.0.1" : "0.0.0.0");
    if (user.use_ssl) {
        text +=
            "tlsenable = yes\ntlsbindaddr = 0.0.0.0:5039\n"
            "tlscertfile = /etc/asterisk/keys/asterisk.pem\n";
    }
    // Else nothing but its arrival would date an event.
    text += "timestampevents = yes\n\n";
    text += fmt::format(
        "[{}]\nsecret = {}\n", user.name, user.secret.empty() ? "(the one you gave)" : user.secret
    );
    text += "deny = 0.0.0.0/0.0.0.0\n";
    for (const auto& address : user.permitted) {
        text += fmt::format("permit = {}\n", address);
    }
    text +=
        "read = system,call,agent,user,dtmf,reporting,dialplan\n"
        "write = call,agent,originate,reporting\n"
        "writetimeout = 1000\n"
        "eventfilter = !Event: RTCP.*\n"
        "eventfilter = !Event: TestEvent\n";
    return text;
}

std::string hold_dialplan(const std::string& context, std::string folder) {
    folder += folder.empty() || folder.ends_with('/') ? "" : "/";
    return fmt::format(
        "; /etc/asterisk/extensions.conf, then: asterisk -rx 'dialplan reload'\n"
        "; Held calls wait here; each side goes when the other one has gone.\n"
        "[{}]\n"
        "exten => hold,1,Answer()\n"
        " same => n,StartMusicOnHold()\n"
        " same => n(loop),GotoIf($[\"${{CHANNELS(${{TRUNKLINE_PEER}})}}\" = \"\"]?gone)\n"
        " same => n,Wait(1)\n"
        " same => n,Goto(loop)\n"
        " same => n(gone),Hangup()\n"
        "exten => wait,1,Answer()\n"
        " same => n(loop),GotoIf($[\"${{CHANNELS(${{TRUNKLINE_PEER}})}}\" = \"\"]?gone)\n"
        " same => n,Wait(1)\n"
        " same => n,Goto(loop)\n"
        " same => n(gone),Hangup()\n"
        "exten => resume,1,StopMusicOnHold()\n"
        " same => n,Bridge(${{TRUNKLINE_PEER}},tT)\n"
        " same => n,Hangup()\n"
        "exten => _record-.,1,Answer()\n"
        " same => n,MixMonitor({}call-${{EXTEN:7}}.wav)\n"
        " same => n,Wait(86400)\n"
        " same => n,Hangup()\n",
        context,
        folder
    );
}

}  // namespace trunkline::trunkctl
