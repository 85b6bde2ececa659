package image

import (
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

func TestAnArchiveWithAnotherBinaryThanThePinnedOneIsRefused(t *testing.T) {
	enginetest.Slow(t)
	onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
		ca, url, pin := interceptor(t)
		opts := good()
		opts.Policy, opts.DockerConfig = quick, t.TempDir()
		pin.SHA256 = strings.Repeat("0", 64)
		opts.Pin, opts.URL, opts.BuildKit, opts.Tag = pin, url, buildKit, enginetest.Name(t)+":1"
		var err error
		if opts.SandboxCA, err = ExtraCA(inFile(t, string(ca))); err != nil {
			t.Fatal(err)
		}
		forget(t, cli, opts.Tag)
		one, _ := builtBy(t, cli, opts)
		if e := wantKind(t, one.View().Err, fault.BuildFailed); !strings.Contains(e.Why, "checksum") {
			t.Errorf("why %q, log %q", e.Why, e.Log)
		}
		if _, there, err := Find(t.Context(), cli, opts.Tag); there || err != nil {
			t.Errorf("an image was made all the same: %v, %v", there, err)
		}
	})
}
