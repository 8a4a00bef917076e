/**
 * The page's Content-Security-Policy lets only those <style> elements through that carry the nonce of its answer. Vite
 * puts it into a <meta>; the browser hides the attribute from scripts but not the property.
 */
export function nonce(): string {
    return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
