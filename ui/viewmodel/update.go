package viewmodel

import (
	"golang.org/x/mod/semver"

	"berth/ui/i18n"
)

// Update is what an update of a sandbox would do, as far as it is known before.
type Update struct {
	From    string // "opencode 1.17.9"
	To      string // "opencode 1.18.33", or that the newest is looked for
	Known   bool   // there is a newer one
	Crosses bool   // it is another major version, which may read the data otherwise
}

// UpdateOf is what an update of that sandbox would do.
func (a *App) UpdateOf(name string) (Update, bool) {
	one, ok := a.sandbox(name)
	if !ok {
		return Update{}, false
	}
	u := Update{From: i18n.T("opencode, its version is not known yet"), To: i18n.T("the newest there is"), Known: one.Update != ""}
	if one.Version != "" {
		u.From = "opencode " + one.Version
	}
	if one.Update != "" {
		u.To = "opencode " + one.Update
		u.Crosses = one.Version != "" && semver.Major("v"+one.Update) != semver.Major("v"+one.Version)
	}
	return u, true
}
