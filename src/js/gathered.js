/** What is said within one step goes in one message: the other side shall never see half of it. */
export function gathered(send) {
  let messages = [];
  return (...message) => {
    messages.push(message);
    if (messages.length > 1) return;
    queueMicrotask(() => {
      const all = messages;
      messages = [];
      send(all);
    });
  };
}
