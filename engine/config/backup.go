package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/adrg/xdg"

	"berth/engine/fault"
	"berth/engine/release"
)

// Backup says where backups are kept, when they are made by themselves, and how many are kept.
type Backup struct {
	Folder       string `json:"folder,omitempty"`       // full path; empty is $XDG_DATA_HOME/berth/backups
	Every        string `json:"every,omitempty"`        // EveryDay, EveryWeek; empty makes none by itself
	BeforeUpdate bool   `json:"beforeUpdate,omitempty"` // a whole backup before each update, beside the rollback point
	Keep         int    `json:"keep,omitempty"`         // of a sandbox, made by themselves; 0 means 7
}

// The choices of Backup.Every beside "".
const (
	EveryDay  = "daily"
	EveryWeek = "weekly"
)

// BackupTimes are the choices of Backup.Every, the default first.
var BackupTimes = []string{"", EveryDay, EveryWeek}

// Dir is Folder with its default.
func (b Backup) Dir() string {
	if b.Folder != "" {
		return b.Folder
	}
	return filepath.Join(xdg.DataHome, "berth", "backups")
}

// Kept is Keep with its default.
func (b Backup) Kept() int {
	if b.Keep == 0 {
		return 7
	}
	return b.Keep
}

// Interval is the time between two backups that are made by themselves; 0 makes none.
func (b Backup) Interval() time.Duration {
	switch b.Every {
	case EveryDay:
		return 24 * time.Hour
	case EveryWeek:
		return 7 * 24 * time.Hour
	default:
		return 0
	}
}

func (b Backup) validate() error {
	switch {
	case b.Folder != "" && !filepath.IsAbs(b.Folder):
		return bad("backup.folder", b.Folder, "is not the full path of a folder")
	case !slices.Contains(BackupTimes, b.Every):
		return bad("backup.every", b.Every, fmt.Sprintf("must be one of %q", BackupTimes))
	case b.Keep < 0 || b.Keep > 1000:
		return bad("backup.keep", b.Keep, "must be between 1 and 1000")
	}
	return nil
}

// Update says what is kept of updates of sandboxes, and how newer versions of Berth itself are heard of.
type Update struct {
	Points *int `json:"points,omitempty"` // rollback points a sandbox; nil means 3

	Feed    string `json:"feed,omitempty"`    // address that tells of newer Berths; empty asks nobody
	Checked int64  `json:"checked,omitempty"` // when it last answered, in seconds since 1970
	Told    string `json:"told,omitempty"`    // the newer version that was told last

	Sandboxes map[string]string `json:"sandboxes,omitempty"` // the newer opencode that was told last of each sandbox, by its name
}

// KeptPoints is Points with its default.
func (u Update) KeptPoints() int {
	if u.Points == nil {
		return 3
	}
	return *u.Points
}

func (u Update) validate() error {
	if n := u.KeptPoints(); n < 0 || n > 100 {
		return bad("update.points", n, "must be between 0 and 100")
	}
	if u.Feed != "" {
		if err := release.CheckAddress(u.Feed); err != nil {
			return bad("update.feed", u.Feed, "cannot be used: "+fault.From("", err).Cause())
		}
	}
	return nil
}
