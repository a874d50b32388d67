import { type RefObject, useLayoutEffect, useState } from 'react';

/** How far down the document an element begins; measured only when the page changes its size, never while it is scrolled. */
export function useTopOf(element: RefObject<Element | null>): number {
  const [topPx, setTopPx] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (element.current !== null) setTopPx(Math.round(element.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return topPx;
}
