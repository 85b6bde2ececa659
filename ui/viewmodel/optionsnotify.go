package viewmodel

import (
	"strconv"

	"berth/engine/config"
	"berth/ui/i18n"
)

// notifyOptions turn each kind of news on and off.
func notifyOptions() []Option {
	option := func(key, label string, of func(*config.Settings) *bool) Option {
		return Option{
			Key: key, Label: label, Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(*of(&s)) },
			Writing: func(s *config.Settings, v string) error { *of(s) = v == "true"; return nil },
		}
	}
	return []Option{
		option("notify.tasks", i18n.T("A task is done or failed"), func(s *config.Settings) *bool { return &s.Notify.Tasks }),
		option("notify.trouble", i18n.T("A sandbox becomes unhealthy or ends by itself"), func(s *config.Settings) *bool { return &s.Notify.Trouble }),
		option("notify.updates", i18n.T("A newer Berth exists, or a newer opencode for a sandbox"), func(s *config.Settings) *bool { return &s.Notify.Updates }),
	}
}
