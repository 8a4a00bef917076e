#pragma once

#include <string>
#include <vector>

#include "scenario.hpp"

namespace trunkline::call::scenario {

/// The sequences of contract section 3 with plausible times.
using Events = std::vector<Event>;

inline Events row_1_inbound() {
    return {
        start(0, "1.1"),
        callerid(0.4, "1.1", E_bare, ""),
        dial(3, "1.1", 0, E, {"151"}),
        create(8, "B1"),
        bridge(8, "1.2", "B1", "151", E_bare),
        bridge(8.1, "1.1", "B1", E_bare, "151", line1),
        leave(20, "1.2", "B1", "151", E_bare),
        leave(20.1, "1.1", "B1", E_bare, "151"),
        destroy(20.2, "B1"),
        hangup(20.5, "1.1", 0, "2", E, {"151"}),
    };
}

/// Stepwise ringing; the bridge of E's own leg comes first; the second phone of three answers.
inline Events row_2_group() {
    return {
        start(0, "2.1"),
        dial(3, "2.1", 0, E, {"151"}),
        dial(8, "2.1", 0, E, {"151", "152"}),
        dial(13, "2.1", 0, E, {"151", "152", "153"}),
        create(18, "B2"),
        bridge(18, "2.1", "B2", E_bare, "152", line1),
        bridge(18.1, "2.3", "B2", "152", E_bare),
        leave(38, "2.1", "B2", E_bare, "152"),
        leave(38.1, "2.3", "B2", "152", E_bare),
        destroy(38.2, "B2"),
        hangup(38.4, "2.1", 0, "2", E, {"152"}),
    };
}

inline Events row_3_missed() {
    return {
        start(0, "3.1"),
        callerid(0.4, "3.1", E_bare, ""),
        dial(3, "3.1", 0, E, {"151", "152"}),
        hangup(25.2, "3.1", 0, "0", E, {}),
    };
}

inline Events row_4_outbound() {
    return {
        dial(0, "4.1", 1, E, {"151"}),
        callerid(0.2, "4.1", "151", E_bare),
        create(9, "B4"),
        bridge(9, "4.2", "B4", E_bare, "151"),
        bridge(9.1, "4.1", "B4", "151", "", E_bare),
        leave(39, "4.2", "B4", E_bare, "151"),
        leave(39.1, "4.1", "B4", "151", ""),
        destroy(39.2, "B4"),
        hangup(39.5, "4.1", 1, "2", E, {"151"}),
    };
}

/// The first line was busy.
inline Events row_5_outbound_not_answered() {
    return {
        dial(0, "5.1", 1, E, {"151"}, line1),
        callerid(0.2, "5.1", "151", E_bare),
        dial(2, "5.1", 1, E, {"151"}, line2),
        hangup(30.2, "5.1", 1, "0", E, {"151"}, 0, line2),
    };
}

inline Events row_6_internal() {
    return {
        create(5, "B6"),
        bridge(5, "6.1", "B6", "151", "152", "152"),
        bridge(5.1, "6.2", "B6", "152", "151"),
        leave(45, "6.1", "B6", "151", "152"),
        leave(45.1, "6.2", "B6", "152", "151"),
        destroy(45.2, "B6"),
        hangup(45.4, "6.1", 2, "2", "151", {"152"}, -2),
    };
}

inline Events row_7_internal_missed() { return {hangup(25.3, "7.1", 2, "0", "151", {"152"}, -5)}; }

/// 151 asks 152 in a second bridge over a Local channel and hands E over.
inline Events row_8_attended() {
    const std::string one = "Local/152@from-internal-00000007;1";
    const std::string two = "Local/152@from-internal-00000007;2";
    return {
        start(0, "8.1"),
        dial(2, "8.1", 0, E, {"151"}),
        create(6, "B8a"),
        bridge(6, "8.2", "B8a", "151", E_bare),
        bridge(6.1, "8.1", "B8a", E_bare, "151", line1),
        leave(26, "8.2", "B8a", "151", E_bare),
        callerid(26.1, "8.3", "151", "152", one),
        create(26.2, "B8b"),
        bridge(26.2, "8.2", "B8b", "151", E_bare),
        bridge(26.3, "8.3", "B8b", "151", "152", "", one),
        create(30, "B8c"),
        bridge(30, "8.4", "B8c", "151", "152", "152", two),
        bridge(30.1, "8.5", "B8c", "152", "151"),
        leave(45, "8.2", "B8b", "151", "152"),
        leave(45.1, "8.1", "B8a", E_bare, "151"),
        destroy(45.2, "B8a"),
        bridge(45.3, "8.1", "B8b", E_bare, "152"),
        hangup(46, "8.3", 2, "2", "151", {"152"}, -26),
        leave(75, "8.1", "B8b", E_bare, "152"),
        leave(75.1, "8.5", "B8c", "152", "151"),
        destroy(75.2, "B8b"),
        destroy(75.3, "B8c"),
        hangup(75.5, "8.1", 0, "2", E, {"151"}),
    };
}

inline Events row_9_start() {
    return {
        start(0, "9.1"),
        dial(3, "9.1", 0, E, {"151"}),
        create(8, "B9a"),
        bridge(8, "9.2", "B9a", "151", E_bare),
        bridge(8.1, "9.1", "B9a", E_bare, "151", line1),
        leave(20, "9.2", "B9a", "151", E_bare),
        leave(20.1, "9.1", "B9a", E_bare, "151"),
        destroy(20.2, "B9a"),
    };
}

inline Events row_9_blind() {
    Events events = row_9_start();
    events.insert(
        events.end(),
        {
            create(28, "B9b"),
            bridge(28, "9.3", "B9b", "152", E_bare),
            bridge(28.1, "9.1", "B9b", E_bare, "152"),
            leave(50, "9.3", "B9b", "152", E_bare),
            leave(50.1, "9.1", "B9b", E_bare, "152"),
            destroy(50.2, "B9b"),
            hangup(50.5, "9.1", 2, "2", E, {"151"}),
        }
    );
    return events;
}

inline Events row_9_blind_silent() {
    Events events = row_9_start();
    events.push_back(hangup(45.5, "9.1", 2, "0", E, {"151"}));
    return events;
}

inline Events row_10_start() {
    return {
        dial(0, "10.1", 1, E, {"151"}),
        create(8, "B10a"),
        bridge(8, "10.2", "B10a", E_bare, "151"),
        bridge(8.1, "10.1", "B10a", "151", "", E_bare),
    };
}

/// The hangup comes when 151 leaves; E and 152 talk on; nothing more but leaves.
inline Events row_10_attended() {
    const std::string one = "Local/152@from-internal-00000009;1";
    Events events = row_10_start();
    events.insert(
        events.end(),
        {
            leave(20, "10.1", "B10a", "151", E_bare),
            create(20.2, "B10b"),
            bridge(20.2, "10.1", "B10b", "151", E_bare),
            bridge(20.3, "10.3", "B10b", "151", "152", "", one),
            create(24, "B10c"),
            bridge(24, "10.5", "B10c", "152", "151"),
            leave(35, "10.1", "B10b", "151", "152"),
            hangup(35.2, "10.1", 1, "2", E, {"151"}),
            leave(35.3, "10.2", "B10a", E_bare, "151"),
            destroy(35.4, "B10a"),
            bridge(35.5, "10.2", "B10b", E_bare, "152"),
            hangup(36, "10.3", 2, "2", "151", {"152"}, -20),
            leave(65, "10.2", "B10b", E_bare, "152"),
            leave(65.1, "10.5", "B10c", "152", "151"),
            destroy(65.2, "B10b"),
        }
    );
    return events;
}

inline Events row_10_blind_start() {
    Events events = row_10_start();
    events.insert(
        events.end(),
        {
            leave(20, "10.1", "B10a", "151", E_bare),
            leave(20.1, "10.2", "B10a", E_bare, "151"),
            destroy(20.2, "B10a"),
            hangup(20.5, "10.1", 1, "2", E, {"151"}),
        }
    );
    return events;
}

inline Events row_10_blind() {
    Events events = row_10_blind_start();
    events.insert(
        events.end(),
        {
            create(30, "B10b"),
            bridge(30, "10.3", "B10b", "152", E_bare),
            bridge(30.1, "10.2", "B10b", E_bare, "152"),
            leave(50, "10.3", "B10b", "152", E_bare),
            leave(50.1, "10.2", "B10b", E_bare, "152"),
            destroy(50.2, "B10b"),
            hangup(50.5, "10.2", 2, "2", E, {"152"}, 20),
        }
    );
    return events;
}

inline Events row_11_click_to_call() {
    return {
        create(0, "B11a"),
        bridge(0, "11.1", "B11a", "151", E_bare),
        dial(1, "11.2", 1, E, {"151"}),
        callerid(1.2, "11.2", "151", E_bare),
        create(9, "B11b"),
        bridge(9, "11.3", "B11b", E_bare, "151"),
        leave(29.8, "11.3", "B11b", E_bare, "151"),
        hangup(30, "11.2", 1, "2", E, {}, 1),
        leave(30.2, "11.1", "B11a", "151", E_bare),
    };
}

/// A mobile of the group has a dial and a hangup of its own in the middle; 151 answers.
inline Events row_12_mobile_in_group() {
    return {
        start(0, "12.1"),
        dial(3, "12.1", 0, E, {"151", mobile}),
        dial(3.5, "12.5", 1, mobile, {}, line2),
        bridge(12, "12.2", "B12", "151", E_bare),
        bridge(12.1, "12.1", "B12", E_bare, "151", line1),
        hangup(12.4, "12.5", 1, "0", mobile, {}, 3, line2),
        leave(32, "12.2", "B12", "151", E_bare),
        leave(32.1, "12.1", "B12", E_bare, "151"),
        destroy(32.2, "B12"),
        hangup(32.5, "12.1", 0, "2", E, {"151"}),
    };
}

inline Events row_13_old_host() {
    return {
        start(0, "13.1"),
        dial(3, "13.1", 0, E, {"151"}),
        bridge(8, "13.2", "B13", "151", E_bare),
        bridge(8.1, "13.1", "B13", E_bare, "151", line1),
        hangup(20.4, "13.1", 0, "2", E, {"151"}),
    };
}

}  // namespace trunkline::call::scenario
