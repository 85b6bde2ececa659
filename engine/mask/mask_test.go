package mask

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// planted is what no text may hold once it was masked.
const planted = "hunter2-PLANTED"

// secrets are texts that hold it, by what they are.
var secrets = map[string]string{
	"a proxy with a password":             "http://jo:" + planted + "@proxy.lan:3128",
	"a proxy without a scheme":            "jo:" + planted + "@proxy.lan:3128",
	"a password with an at sign":          "https://jo:x@" + planted + "@host/x",
	"a password with a slash":             "https://jo:x/" + planted + "@host/x",
	"a token as user":                     "https://" + planted + "@github.com/x/y.git",
	"an address in a quoted log line":     `err="Get \"https://jo:` + planted + `@host/x\": EOF"`,
	"a database":                          "postgres://app:" + planted + "@db/app",
	"an environment variable":             "OPENCODE_SERVER_PASSWORD=" + planted,
	"a key of a provider":                 "ANTHROPIC_API_KEY=" + planted,
	"JSON":                                `{"registry":{"password": "` + planted + `"}}`,
	"JSON in a quoted log line":           `err="bad {\"password\":\"` + planted + `\"}"`,
	"camel case":                          `{"identityToken":"` + planted + `"}`,
	"a pair within a value":               `err="denied: token=` + planted + `"`,
	"a query of an address":               "https://host/x?name=a&access_token=" + planted + "&b=c",
	"a header":                            "Authorization: Digest " + planted + " more",
	"a header of docker":                  "X-Registry-Auth: " + planted,
	"a header in a dump of Go":            `map[Authorization:[Basic ` + planted + `]]`,
	"a cookie":                            "Cookie: a=b; session=" + planted,
	"a bearer":                            "sent Bearer x9" + planted,
	"a quoted value with spaces":          `password="a ` + planted + ` b"`,
	"a private key":                       "-----BEGIN RSA PRIVATE KEY-----\n" + planted + "\n-----END RSA PRIVATE KEY-----",
	"a private key that is cut":           "-----BEGIN PRIVATE KEY-----\n" + planted,
	"a docker sign-in":                    `"auths": {"ghcr.io": {"auth": "` + planted + `"}}`,
	"a key that tells itself":             "the key sk-ant-api03-" + planted + "-0123456789 was refused",
	"a password of a sandbox, on its own": "xq3V" + planted + "kJh29SlPq0aZ7tYw8bN5mR1cD",
	"a bearer behind a tab":               "sent Bearer\tx9" + planted,
	"a line of JSON":                      `  "password": "` + planted + `",`,
	"a name whose value is a name":        `msg= password="a ` + planted + ` b"`,
	"a secret name whose value is a name": `token: password="a ` + planted + ` b"`,
	"a name below a quote that is alone":  "password=\"\npassword=\"a " + planted + "\"",
}

func TestASecretIsHiddenWhereverItStands(t *testing.T) {
	for name, text := range secrets {
		if got := Text(text); strings.Contains(got, planted) || !strings.Contains(got, Hidden) {
			t.Errorf("%s: %q became %q", name, text, got)
		}
	}
}

func TestWhatIsNoSecretIsLeftAsItIs(t *testing.T) {
	for _, text := range []string{
		"", "yes", "unix:///var/run/docker.sock", "ssh://jo@lab.example.com:22", "tcp://10.0.0.5:2376", "http://proxy.lan:3128",
		"ghcr.io/anomalyco/opencode:1.18.33", "nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"https://reg.example.com:5000/img@sha256:0123", "git@github.com:jo/x.git", "basic authentication is required",
		"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "time=2026-03-04T15:00:00Z level=INFO msg=connected product=Docker",
		"berth/ui/view.(*Shell).shortcut(0xc0001b2000, 0xc00042)", "/home/jo/Projects/monkey: no such file", "author: jo", "opencode-session-portal",
		"it speaks API 1.30, and 1.24 is the oldest that can be used", "name=seccomp,profile=builtin", "C:\\Users\\jo\\x: denied",
	} {
		if got := Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestANameSaysWhetherItsValueIsSecret(t *testing.T) {
	for name, secret := range map[string]bool{
		"OPENAI_API_KEY": true, "registry.password": true, "identityToken": true, "AWS_SECRET_ACCESS_KEY": true, "apiKey": true, "pwd": true,
		"image.baseImage": false, "window.log.stamps": false, "monkey": false, "author": false, "endpoint": false, "sandbox.memory": false, "compass": false,
	} {
		if SecretName(name) != secret {
			t.Errorf("%s: %v", name, !secret)
		}
	}
	if got := Value("provider.key", "x"); got != Hidden {
		t.Errorf("got %q", got)
	}
	if got := Value("provider.key", ""); got != "" {
		t.Errorf("what is empty is no secret, got %q", got)
	}
}

func TestALogThroughTheWriterHoldsNoSecret(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(Writer(&out), nil))
	log.Warn("task failed", "err", `pull: Get "https://jo:`+planted+`@reg/v2/": 401`, "password", planted, "env", []string{"API_KEY=" + planted})
	if strings.Contains(out.String(), planted) || !strings.Contains(out.String(), "task failed") || strings.Count(out.String(), Hidden) != 3 {
		t.Errorf("the log is %s", out.String())
	}
}
