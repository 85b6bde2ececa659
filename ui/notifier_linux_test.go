package ui

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/ui/desktoptest"
	"berth/ui/viewmodel"
)

// notifier starts a notifier on a desktop.
func notifier(t *testing.T, desk *desktoptest.Desktop) (n *busNotifier, clicks *atomic.Int32) {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", desk.Bus)
	clicks = &atomic.Int32{}
	n = &busNotifier{news: make(chan viewmodel.News, 8), clicked: func() { clicks.Add(1) }}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { n.run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return n, clicks
}

const limit = 20 * time.Second

func TestTextFromOutsideIsNoMarkupInANotification(t *testing.T) {
	for name, c := range map[string]struct {
		can  []string
		want string
	}{
		"where the desktop reads markup":   {[]string{"body-markup"}, "&lt;a href=\""},
		"where the desktop shows it as is": {nil, `<a href="`},
	} {
		t.Run(name, func(t *testing.T) {
			desk := desktoptest.New(t, 300, 200)
			service := desk.Notifications(c.can...)
			n, _ := notifier(t, desk)
			n.Notify(viewmodel.News{Kind: viewmodel.TroubleNews, Title: "portal has ended", Text: `<a href="` + "\nthen"})
			desk.Eventually(limit, "the message", func() bool { return len(service.Shown()) == 1 })
			got := service.Shown()[0]
			if got.App != "Berth" || got.Title != "portal has ended" || got.Text != c.want+"\nthen" || !got.Icon {
				t.Errorf("shown %+v", got)
			}
		})
	}
}

func TestAClickOnANotificationShowsTheWindow(t *testing.T) {
	desk := desktoptest.New(t, 300, 200)
	service := desk.Notifications("actions")
	n, clicks := notifier(t, desk)
	n.Notify(viewmodel.News{Title: "one"})
	desk.Eventually(limit, "the message", func() bool { return len(service.Shown()) == 1 })
	service.Click(99) // another program's
	service.Click(service.Shown()[0].ID)
	desk.Eventually(limit, "the click to be heard", func() bool { return clicks.Load() == 1 })
}

func TestADesktopThatComesBackIsNotifiedAgain(t *testing.T) {
	desk := desktoptest.New(t, 300, 200)
	n, _ := notifier(t, desk)
	n.Notify(viewmodel.News{Title: "to nobody"})
	first := desk.Notifications()
	n.Notify(viewmodel.News{Title: "one"})
	desk.Eventually(limit, "the message", func() bool { return len(first.Shown()) > 0 })
	first.Leave()
	for range 20 { // more than are kept
		n.Notify(viewmodel.News{Title: "to nobody"})
	}
	second := desk.Notifications()
	desk.Eventually(limit, "a message after it came back", func() bool {
		n.Notify(viewmodel.News{Title: "two"})
		return len(second.Shown()) > 0
	})
}
