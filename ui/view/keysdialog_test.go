package view

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/secret"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// someKeys are providers in each state there is.
func someKeys() uitest.Keys {
	return uitest.Keys{Place: secret.Place{Keyring: true}, Providers: []engine.Provider{
		{ID: "anthropic", Name: "Anthropic", Has: engine.KeyOnVolume, Kept: true, Usable: true},
		{ID: "github-copilot", Name: "GitHub Copilot", Has: engine.SignedIn, Usable: true},
		{ID: "groq", Name: "Groq", Has: engine.FromEnv, Usable: true},
		{ID: "mistral", Name: "Mistral", Kept: true},
		{ID: "deepinfra", Name: "Deep Infra"},
		{ID: "openai", Name: "OpenAI"},
		{ID: "opencode", Name: "OpenCode Zen", Usable: true},
		{ID: "evil", Name: "a\nb\u202ename"},
	}}
}

// openKeys opens the dialog of a sandbox by its key.
func openKeys(t *testing.T, mode theme.Mode, width, height float32, keys uitest.Keys) *shell {
	t.Helper()
	s := openKept(t, mode, width, height)
	s.engine.Keys = keys
	s.vm.Sandboxes.Select("default")
	s.window.Canvas().Focus(s.sandboxes.table)
	s.typed('k')
	return s
}

// keyEntry is where the key is typed.
func keyEntry(t *testing.T, s *shell) *widget.Entry {
	t.Helper()
	for _, e := range all[*widget.Entry](dialogOf(t, s)) {
		if strings.HasPrefix(e.PlaceHolder, "Paste") {
			return e
		}
	}
	t.Fatal("there is nowhere to type a key")
	return nil
}

func choose(t *testing.T, s *shell, id string) {
	t.Helper()
	table := all[*widget.DataTable[viewmodel.KeyRow]](dialogOf(t, s))[0]
	table.Select(id)
	table.OnSelect(id)
}

func TestProviderKeysAreSetChangedAndRemoved(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKeys(t, mode, 1280, 800, someKeys())
		box := dialogOf(t, s)
		wantTexts(t, box, "Provider keys of default", "has a key", "signed in to an account", "from the environment", "lost its key; Berth keeps one", "needs none", "Key of Anthropic", "the system keyring")
		s.keep(t, "keys-"+string(mode))
		choose(t, s, "openai")
		key, save := keyEntry(t, s), visible(t, box, "Save the key")
		if !key.Password {
			t.Error("the key is shown while it is typed")
		}
		for typed, why := range map[string]string{" ": "a key is needed", "sk a": "a key has no spaces", "sk\tb": "a key has no spaces"} {
			key.SetText(typed)
			wantTexts(t, box, why)
			test.Tap(save)
			key.OnSubmitted(typed)
		}
		if len(told(s)) > 0 {
			t.Fatalf("told %q", told(s))
		}
		key.SetText(" sk-1 ")
		test.Tap(save)
		if got := last(s); got != "key  sk-1  of openai for default" {
			t.Errorf("told %q", got)
		}
		if key.Text != "" {
			t.Error("the key stays in its field")
		}
		key.SetText("sk-2")
		test.Tap(visible(t, box, "Change the key"))
		if got := last(s); got != "key sk-2 of openai for default" {
			t.Errorf("told %q", got)
		}
		choose(t, s, "mistral")
		test.Tap(visible(t, box, "Give it the kept key"))
		if got := last(s); got != "give the key of mistral to default" {
			t.Errorf("told %q", got)
		}
		before := len(told(s))
		test.Tap(visible(t, box, "Remove"))
		wantTexts(t, dialogOf(t, s), "Remove the key of Mistral?", "stays valid")
		s.escape()
		if len(told(s)) != before {
			t.Errorf("told %q", told(s))
		}
		test.Tap(visible(t, box, "Remove"))
		test.Tap(visible(t, dialogOf(t, s), "Remove"))
		if got := last(s); got != "remove the key of mistral from default" {
			t.Errorf("told %q", got)
		}
		if !visible(t, box, "Remove").Disabled() {
			t.Error("what is removed can be removed again")
		}
		choose(t, s, "groq")
		if !visible(t, box, "Remove").Disabled() {
			t.Error("a variable of the sandbox can be removed")
		}
	}
}

func TestAKeyThatIsRefusedStaysInItsFieldWithTheReason(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		keys := someKeys()
		keys.Place = secret.Place{File: "/home/me/.config/berth/secrets.json", Why: fault.New(fault.Permission, "ask the keyring", "the keyring is locked")}
		s := openKeys(t, mode, 900, 560, keys)
		box := dialogOf(t, s)
		wantTexts(t, box, "The keyring cannot be used now: the keyring is locked", "/home/me/.config/berth/secrets.json")
		choose(t, s, "openai")
		s.engine.Keys.Err = fault.New(fault.Unknown, "set the key of openai", "opencode refused it: it answered 400")
		key := keyEntry(t, s)
		key.SetText("sk-1")
		test.Tap(visible(t, box, "Save the key"))
		wantTexts(t, box, "opencode refused it: it answered 400")
		if key.Text != "sk-1" {
			t.Error("the key has to be pasted again")
		}
		s.keep(t, "keys-refused-"+string(mode))
	}
}

func TestProvidersThatCannotBeListedSayWhy(t *testing.T) {
	keys := uitest.Keys{Place: secret.Place{File: "/x/secrets.json"}, Err: &fault.Error{
		Kind: fault.Unhealthy, Op: "check opencode", Why: "it does not answer within 1s", Remedy: "The sandbox's log says what opencode is doing.",
	}}
	s := openKeys(t, theme.Dark, 1280, 800, keys)
	const said = "opencode cannot be asked for its providers: it does not answer within 1s. The sandbox's log says what opencode is doing."
	wantTexts(t, dialogOf(t, s), said)
	if !visible(t, dialogOf(t, s), "Save the key").Disabled() || !keyEntry(t, s).Disabled() {
		t.Error("a key can be typed for no provider")
	}
	for _, one := range all[*widget.Text](dialogOf(t, s)) {
		if one.Text() == said && one.Size().Width < one.Natural()/2 {
			t.Errorf("there is %v room for a text of %v: it begins in the middle of the list", one.Size().Width, one.Natural())
		}
	}
}

// The unlocking that a key asked for may have been declined: then it is in the file, which is not said before.
func TestWhereAKeyWentIsSaidOnceItIsKept(t *testing.T) {
	s := openKeys(t, theme.Dark, 1280, 800, someKeys())
	wantTexts(t, dialogOf(t, s), "in the system keyring.")
	s.engine.Keys.Place = secret.Place{Keyring: true, File: "/x/secrets.json", Why: fault.New(fault.Permission, "ask the keyring", "the keyring is locked")}
	choose(t, s, "openai")
	keyEntry(t, s).SetText("sk-1")
	test.Tap(visible(t, dialogOf(t, s), "Save the key"))
	wantTexts(t, dialogOf(t, s), "Until you unlock it", "/x/secrets.json")
}

func TestProvidersAreFoundByNameAndId(t *testing.T) {
	s := openKeys(t, theme.Dark, 1280, 800, someKeys())
	filter := s.window.Canvas().Focused().(*widget.Entry)
	for typed, want := range map[string]string{"OPENAI": "OpenAI", "zen": "OpenCode Zen", "copilot": "GitHub Copilot", "nothing": ""} {
		filter.SetText(typed)
		var got []string
		for _, one := range someKeys().Providers {
			if strings.Contains(texts(all[*widget.DataTable[viewmodel.KeyRow]](dialogOf(t, s))[0]), one.Name) {
				got = append(got, one.Name)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q finds %q", typed, got)
		}
	}
	filter.SetText("evil")
	wantTexts(t, dialogOf(t, s), `Key of a\nb\u202ename`)
	filter.SetText("nothing")
	wantTexts(t, dialogOf(t, s), "No provider has that in its name.")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close it")
	}
}

func TestANewPasswordIsGivenAfterAQuestion(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := openKept(t, mode, 1280, 800)
		s.vm.Sandboxes.Select("default")
		s.newPassword("default")
		wantTexts(t, dialogOf(t, s), "Give default a new password?", "open it from Berth again", "the old one comes back with the old password")
		s.keep(t, "new-password-"+string(mode))
		s.escape()
		if len(told(s)) > 0 {
			t.Fatalf("told %q", told(s))
		}
		s.newPassword("default")
		test.Tap(visible(t, dialogOf(t, s), "New password"))
		if got := last(s); got != "new password of default" {
			t.Errorf("told %q", got)
		}
	}
}

func TestTheSettingsSayWhereSecretsAreKept(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	for want, place := range map[string]secret.Place{
		"in the system keyring.": {Keyring: true},
		"It is locked now":       {Keyring: true, Why: fault.New(fault.Permission, "ask the keyring", "the keyring is locked")},
		"Until you unlock it":    {Keyring: true, File: "/x/secrets.json", Why: fault.New(fault.Permission, "ask the keyring", "the keyring is locked")},
		"The keyring cannot be used now: the keyring does not answer": {File: "/x/secrets.json", Why: fault.New(fault.Timeout, "ask the keyring", "the keyring does not answer")},
	} {
		s.engine.Keys.Place = place
		s.vm.Go(viewmodel.SandboxesPage)
		s.vm.Go(viewmodel.SettingsPage)
		wantTexts(t, s.Content, want, place.File)
	}
}
