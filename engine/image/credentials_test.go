package image

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// dockerConfig writes a config.json and gives its folder.
func dockerConfig(t testing.TB, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// install puts a shell script named docker-credential-NAME where programs are found.
func install(t testing.TB, place, name, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helpers of this test are shell scripts")
	}
	if err := os.MkdirAll(place, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(place, "docker-credential-"+name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestSignInsAreReadFromDockersConfig(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	install(t, bin, "good", `read host; echo "{\"ServerURL\":\"$host\",\"Username\":\"ann\",\"Secret\":\"s3cret\"}"`)
	install(t, bin, "token", `echo '{"ServerURL":"x","Username":"<token>","Secret":"tok"}'`)
	install(t, bin, "none", `echo "credentials not found in native keychain"; exit 1`)
	install(t, bin, "junk", `echo "s3cret is not JSON"`)
	install(t, bin, "broken", `echo "keyring is locked s3cret" ; exit 1`)

	const basic = `"auths":{"r.test":{"auth":"Ym9iOnB3"},"https://index.docker.io/v1/":{"auth":"aHViOnB3"}}` // bob:pw, hub:pw
	tests := []struct {
		name, config, host string
		user, token        string
		trouble            string // part of why; empty for none
	}{
		{"an empty config", ``, "r.test", "", "", ""},
		{"an entry of the file", `{` + basic + `}`, "r.test", "bob", "", ""},
		{"Docker's own registry has a name of its own", `{` + basic + `}`, "docker.io", "hub", "", ""},
		{"another registry", `{` + basic + `}`, "other.test", "", "", ""},
		{"a helper for all", `{"credsStore":"good"}`, "r.test", "ann", "", ""},
		{"a helper for one", `{"credHelpers":{"r.test":"good"}}`, "r.test", "ann", "", ""},
		{"a helper for another", `{"credHelpers":{"o.test":"good"},` + basic + `}`, "r.test", "bob", "", ""},
		{"an identity token", `{"credsStore":"token"}`, "r.test", "", "tok", ""},
		{"a helper that knows nothing falls back to the file", `{"credsStore":"none",` + basic + `}`, "r.test", "bob", "", ""},
		{"a helper that is missing", `{"credsStore":"absent"}`, "r.test", "", "", "docker-credential-absent is not installed"},
		{"a missing helper falls back to the file", `{"credsStore":"absent",` + basic + `}`, "r.test", "bob", "", ""},
		{"a helper that prints junk", `{"credsStore":"junk"}`, "r.test", "", "", "unreadable"},
		{"a helper that fails", `{"credsStore":"broken"}`, "r.test", "", "", "failed"},
		{"a helper named as a path", `{"credsStore":"../../x"}`, "r.test", "", "", "no valid name"},
		{"a config that is not JSON", `{`, "r.test", "", "", "cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lookUp(t.Context(), dockerConfig(t, tt.config), tt.host)
			if got.auth.Username != tt.user || got.auth.IdentityToken != tt.token {
				t.Errorf("got user %q, token %q", got.auth.Username, got.auth.IdentityToken)
			}
			switch {
			case tt.trouble == "" && got.trouble != nil:
				t.Errorf("trouble: %v", got.trouble)
			case tt.trouble != "" && (got.trouble == nil || !strings.Contains(got.trouble.Why, tt.trouble)):
				t.Errorf("trouble %v, want %q", got.trouble, tt.trouble)
			case got.trouble != nil && strings.Contains(got.trouble.Error()+got.trouble.Remedy, "s3cret"):
				t.Errorf("a secret reached the error: %v", got.trouble)
			}
		})
	}
	t.Run("no file at all is no trouble", func(t *testing.T) {
		if got := lookUp(t.Context(), t.TempDir(), "r.test"); !got.anonymous() || got.trouble != nil {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAHelperOutsideADesktopsPathIsFound(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("PATH", "/nowhere")
	install(t, filepath.Join(home, ".docker", "bin"), "desk", `read host; echo "{\"Username\":\"ann\",\"Secret\":\"x\"}"`)
	got := lookUp(t.Context(), dockerConfig(t, `{"credsStore":"desk"}`), "r.test")
	if got.auth.Username != "ann" {
		t.Errorf("got %+v", got)
	}
}

func TestAHelperThatHangsEndsWithItsContext(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	install(t, bin, "hang", `exec sleep 600`)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	got := lookUp(ctx, dockerConfig(t, `{"credsStore":"hang"}`), "r.test")
	if got.trouble == nil || !strings.Contains(got.trouble.Why, "did not answer") {
		t.Errorf("trouble %v", got.trouble)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it held the pull up for %v", took)
	}
}
