#pragma once

#include "core/http/client.hpp"
#include "core/plugin/plugin_main.hpp"
#include "daemon/plugins/google_drive/drive.hpp"
#include "daemon/plugins/google_drive/folders.hpp"
#include "daemon/plugins/google_drive/login.hpp"
#include "daemon/plugins/google_drive/options.hpp"
#include "daemon/plugins/google_drive/orders.hpp"
#include "daemon/plugins/google_drive/uploads.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch::drive {

/// Delivers what the step before made into a folder of Google Drive, each file once.
///
/// A file carries its item's key as a property.  An item that may have been begun before is looked
/// for among the newest files of the folder, which Drive knows at once, before it is sent again.
class Deliverer final : public plugin::Plugin {
public:
    Deliverer();

    plugin::Json describe() const override;
    void init(const plugin::Json& frame, plugin::Outbox& outbox) override;
    void item(plugin::ItemId id, plugin::Json frame, plugin::Outbox& outbox) override;

private:
    /// What one set of options needs: the login and the way to Drive.
    struct Place {
        Options options;
        http::Client client;
        Login login;
        Drive drive;
        Folders folders;
        bool is_checked = false;  ///< the folder is one

        explicit Place(const Options& wanted);
    };

    Place& place_of(const plugin::Json& options);
    static void check_folder(Place& place);
    plugin::Json deliver(Place& place, const plugin::Json& frame);
    RemoteFile send_into(Place& place, Order& order, bool again);
    RemoteFile send(Place& place, Order& order, bool again);
    std::optional<RemoteFile> find_own(Place& place, const Order& order, bool again);
    std::optional<std::string> make_way(Place& place, Order& order);
    static plugin::Refusal in_peace(plugin::Refusal refusal, Millis asked_pause);
    static plugin::Refusal with_way_out(plugin::Refusal refusal, const Options& options,
                                        const plugin::Json& frame);
    plugin::Refusal throttled(plugin::Refusal refusal);

    std::string init_options_ = "{}";                       ///< as JSON
    std::map<std::string, std::unique_ptr<Place>> places_;  ///< by their options
    Uploads uploads_;
    int throttled_in_a_row_ = 0;
};

}  // namespace batch::drive
