package viewmodel

import (
	"errors"
	"path/filepath"
	"strconv"

	"berth/engine/config"
	"berth/ui/i18n"
)

// keepOptions are the settings of backups and of what is kept of updates.
func keepOptions() []Option {
	return []Option{
		{
			Key: "backup.folder", Label: i18n.T("Folder for backups"), Hint: i18n.T("A full path; empty is Berth's own folder"),
			Reading: func(s config.Settings) string { return s.Backup.Dir() },
			Writing: func(s *config.Settings, v string) error {
				if v != "" && !filepath.IsAbs(v) {
					return errors.New(i18n.T("Write the full path of a folder."))
				}
				if v != s.Backup.Dir() { // else as it was written
					s.Backup.Folder = v
				}
				return nil
			},
		},
		{
			Key: "backup.every", Label: i18n.T("Automatic backups"), Hint: i18n.T("While Berth runs, of sandboxes that ran since"), Kind: ChoiceOption, Values: config.BackupTimes,
			Words: func(v string) string {
				switch v {
				case config.EveryDay:
					return i18n.T("Every day")
				case config.EveryWeek:
					return i18n.T("Every week")
				}
				return i18n.T("Never")
			},
			Reading: func(s config.Settings) string { return s.Backup.Every },
			Writing: func(s *config.Settings, v string) error { s.Backup.Every = v; return nil },
		},
		{
			Key: "backup.keep", Label: i18n.T("Backups to keep"), Hint: i18n.T("Of the automatic ones, for each sandbox; those by hand stay"),
			Reading: func(s config.Settings) string { return strconv.Itoa(s.Backup.Kept()) },
			Writing: func(s *config.Settings, v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 1 || n > 1000 {
					return errors.New(i18n.T("Use a number from 1 to 1000."))
				}
				if n != s.Backup.Kept() { // else as it was written
					s.Backup.Keep = n
				}
				return nil
			},
		},
		{
			Key: "update.points", Label: i18n.T("Rollback points to keep"), Hint: i18n.T("Of each sandbox; 0 keeps none once an update is healthy"),
			Reading: func(s config.Settings) string { return strconv.Itoa(s.Update.KeptPoints()) },
			Writing: func(s *config.Settings, v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 0 || n > 100 {
					return errors.New(i18n.T("Use a number from 0 to 100."))
				}
				if n != s.Update.KeptPoints() { // else as it was written
					s.Update.Points = &n
				}
				return nil
			},
		},
		{
			Key: "backup.beforeUpdate", Label: i18n.T("Back up all of a sandbox before each update, projects too"), Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(s.Backup.BeforeUpdate) },
			Writing: func(s *config.Settings, v string) error { s.Backup.BeforeUpdate = v == "true"; return nil },
		},
	}
}
